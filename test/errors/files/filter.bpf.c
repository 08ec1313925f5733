int keep(void) { return 1; }
