/**
 * An answer that is being written is kept in pieces, which are only ever added: the written bytes grow with the answer
 * and not with its square. When the answer has ended it is written whole, and its pieces are deleted.
 */
export const sql = `
create table pieces (
  message integer not null references messages (sequence) on delete cascade,
  -- The number of the piece's first event in its answer. A piece that is written again replaces the one before.
  first integer not null,
  events text not null,
  unique (message, first)
);

-- One row, written to find out whether anything can be written.
create table health (id integer primary key, checked_at text not null);
`;
