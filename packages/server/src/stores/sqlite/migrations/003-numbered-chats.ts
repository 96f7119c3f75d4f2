/**
 * Messages belong to a chat's number, not to its name. Names are random, so that each index which begins with one puts
 * every new chat on another page, and a commit writes all the pages that it touches; numbers grow, and new rows
 * stand together at the end.
 */
export const sql = `
create table numbered_chats (
  number integer primary key,
  id text not null unique,
  owner text not null,
  title text not null,
  title_search text not null,
  model text not null,
  created_at text not null,
  updated_at text not null
);
insert into numbered_chats (id, owner, title, title_search, model, created_at, updated_at)
  select id, owner, title, title_search, model, created_at, updated_at from chats order by rowid;

create table numbered_messages (
  sequence integer primary key,
  chat integer not null references numbered_chats (number) on delete cascade,
  id text not null,
  role text not null,
  status text not null,
  created_at text not null,
  search text not null,
  details text not null,
  parts text not null,
  unique (chat, id)
);
insert into numbered_messages (sequence, chat, id, role, status, created_at, search, details, parts)
  select messages.sequence, numbered_chats.number, messages.id, messages.role, messages.status, messages.created_at,
    messages.search, messages.details, messages.parts
  from messages join numbered_chats on numbered_chats.id = messages.chat_id order by messages.sequence;

drop table messages;
drop table chats;
alter table numbered_chats rename to chats;
alter table numbered_messages rename to messages;
create index chats_of_owner on chats (owner, updated_at, id);
create index messages_of_chat on messages (chat, sequence);
create index messages_answering on messages (sequence) where status = 'answering';

-- Usage is never deleted, so that its numbers grow by themselves.
create table growing_usage (
  sequence integer primary key,
  owner text not null,
  message_id text not null,
  chat_id text,
  model text not null,
  prompt_tokens integer not null,
  completion_tokens integer not null,
  cost real,
  estimated integer not null,
  created_at text not null
);
insert into growing_usage select * from usage order by sequence;
drop table usage;
alter table growing_usage rename to usage;
create index usage_of_owner on usage (owner, sequence);
`;
