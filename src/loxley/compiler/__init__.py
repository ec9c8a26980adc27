"""The compiler: recorded plans become native code.  See docs/design/compiler.md."""
