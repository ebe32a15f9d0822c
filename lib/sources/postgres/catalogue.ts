/** From the catalogue, because to_regclass fails on a schema one may not use. */
export const COLUMNS = `
select a.attname::text as name
from parse_ident($1) as part
join pg_class c on c.relname = part[cardinality(part)]
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where case cardinality(part) when 1 then pg_table_is_visible(c.oid) else n.nspname = part[1] end`;

export const EXTENSION_SCHEMA = `
select quote_ident(n.nspname) as schema
from pg_extension e join pg_namespace n on n.oid = e.extnamespace
where e.extname = $1`;
