/** The known parts of a figure: tokens from an upstream's cache, into it, and of reasoning. */
export const sql = `
  alter table usage add column cached_tokens integer;
  alter table usage add column cache_write_tokens integer;
  alter table usage add column reasoning_tokens integer;
`;
