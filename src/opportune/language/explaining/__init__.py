"""Why a value is what it is, in words, and what would change it. Reads the oracle (`meaning`), never the compiler."""
