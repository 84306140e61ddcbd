"""What attached files may hold: archives, PDFs, markup and programs are looked into before a file is taken."""
