"""One self-contained page of a result: verdict first, figures, tables, every setting, methods and citations."""
