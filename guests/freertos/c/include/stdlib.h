/* The kernel includes it, and needs nothing of it. */
