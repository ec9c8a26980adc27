"""From loop nests and templates to machine code through LLVM."""
