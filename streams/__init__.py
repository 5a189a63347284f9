"""Kafka, the pipeline, the console, the command line: what turns encoders with an index into a service."""
