"""The standard index record of county documents and the completeness checks that let others rely on it."""

from oseberg.maze_authority._record import Image, IndexRecord, Legal, Party, Reference, Source

__all__ = ["Image", "IndexRecord", "Legal", "Party", "Reference", "Source"]
