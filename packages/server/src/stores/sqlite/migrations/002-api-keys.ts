/** Keys of programs, as hashes. Says `if not exists`, as keys can be made before the store has been opened. */
export const sql = `
create table if not exists api_keys (
  sequence integer primary key autoincrement,
  id text not null unique,
  hash text not null unique,
  account text not null,
  plan text not null,
  name text,
  prefix text not null,
  created_at text not null
);
create index if not exists api_keys_of_account on api_keys (account, sequence);
`;
