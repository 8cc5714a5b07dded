//! Every mistake is found, points at its place, names both owners, and says what to do.
