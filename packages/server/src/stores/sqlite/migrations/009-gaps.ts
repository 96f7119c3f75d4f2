/**
 * Questions that no page has answered, and how often pages were cited. A question goes with the answer to it, whatever
 * deletes that one.
 */
export const sql = `
create table gaps (
  message integer primary key references messages (sequence) on delete cascade,
  owner text not null,
  question text not null,
  passages text not null
);
create index gaps_of_owner on gaps (owner, message);

create table citations (
  document text primary key,
  count integer not null,
  cited_at text not null,
  hash text,
  updated_at text
);
`;
