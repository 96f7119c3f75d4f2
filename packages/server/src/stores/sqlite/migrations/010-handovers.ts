/** Chats that wait for a person of the site. Without `next_try` nothing is to be sent any more. */
export const sql = `
create table handovers (
  message integer primary key references messages (sequence) on delete cascade,
  owner text not null,
  tries integer not null default 0,
  next_try text,
  expires_at text not null
);
create index handovers_to_send on handovers (next_try) where next_try is not null;
`;
