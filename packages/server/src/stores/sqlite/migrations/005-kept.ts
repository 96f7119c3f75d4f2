/**
 * The amount of kept data, its age, and the chats that are to be forgotten. A chat knows the bytes of its messages, so
 * that a quota needs no look at them; triggers keep the number right for every writer.
 */
const bytesOf = (row: string) =>
  // About the size of a message of no words, with its ids and its rows in indexes.
  `256 + octet_length(${row}search) + octet_length(${row}details) + octet_length(${row}parts)`;

export const sql = `
alter table chats add column bytes integer not null default 0;
-- 1 for a chat that its page deletes when it closes. If the page cannot, the server does it later.
alter table chats add column temporary integer not null default 0;
update chats set bytes = (select coalesce(sum(${bytesOf('')}), 0) from messages where chat = chats.number);
create index chats_temporary on chats (updated_at) where temporary = 1;

create trigger messages_added after insert on messages begin
  update chats set bytes = bytes + ${bytesOf('new.')} where number = new.chat;
end;
create trigger messages_changed after update of search, details, parts on messages begin
  update chats set bytes = bytes + (${bytesOf('new.')}) - (${bytesOf('old.')}) where number = new.chat;
end;
create trigger messages_removed after delete on messages begin
  update chats set bytes = bytes - (${bytesOf('old.')}) where number = old.chat;
end;

-- Owners that the command line wants forgotten by the server that runs.
create table forget_requests (owner text primary key, requested_at text not null);
`;
