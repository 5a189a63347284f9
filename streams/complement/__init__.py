"""What a classifier, retrieval, and both catch when reviewers look at equally many videos."""
