"""What holds a card: readers (in process, embedded PC/SC service, vpcd, real readers)."""
