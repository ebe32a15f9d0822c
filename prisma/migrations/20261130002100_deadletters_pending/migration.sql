-- Searches read one by one what waits to be sorted into this index: right after a thousand failures a second that were 4 MB, and took
-- longer than a search may. In kB. The index of messages keeps the default: sorting trigrams in more often slows capturing down.
ALTER INDEX "deadletters_letter_fields" SET (gin_pending_list_limit = 512);
