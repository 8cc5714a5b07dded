//! Random partitions of random boards.
