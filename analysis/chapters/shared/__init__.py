"""What several chapters use: rows, figures, sentences, tables, pictures, style."""
