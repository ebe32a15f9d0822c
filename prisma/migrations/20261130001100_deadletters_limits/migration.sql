-- Payloads that searches do not know in full carry a mark among their fields (CUT_FIELD in lib/signals/deadletters/fields.ts): too
-- large to be stored, larger than what is looked at, or with so many commas that there may be more than 200 values.
UPDATE "deadletters_letter" AS l SET "fields" = l."fields" || ARRAY[-6793287137758077375]
FROM (
  SELECT "letter_id", octet_length("data") AS bytes, encode("data", 'escape') AS text FROM "deadletters_content"
) AS c
WHERE c."letter_id" = l."id" AND (
  c.bytes > 262144 OR (c.bytes IS NULL AND l."payload_bytes" > 0) OR length(c.text) - length(replace(c.text, ',', '')) >= 200);
