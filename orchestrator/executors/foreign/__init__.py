"""Programs that run under another Python, which need have nothing but ASE. They import nothing of Junkan."""
