"""How much memory the blocks of an index take."""

from index import IndexCut

_SINGLE_BYTES = 4


def index_bytes(cut: IndexCut) -> tuple[int, int]:
    """Return the bytes of the fused vectors with their graphs, of the modality vectors.

    A graph of hnswlib keeps its vectors as float32 beside their links; removed rows count, for they take room.
    """
    fused = modality = 0
    for part in cut.parts:
        columns = part.segment.columns
        fused += columns.vectors.nbytes
        modality += sum(rows.nbytes + vectors.nbytes for rows, vectors in columns.parts.values())
        graph = part.segment.graph
        if graph is not None:
            links = graph.links()
            fused += len(links) * cut.dimension * _SINGLE_BYTES + links.ground.nbytes + links.upper.nbytes
        if part.segment.units is not None:
            fused += part.segment.units.nbytes
    return fused, modality
