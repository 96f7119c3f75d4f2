/** Chats, their messages, and the usage of answers. */
export const sql = `
create table chats (
  id text primary key,
  owner text not null,
  title text not null,
  title_search text not null,
  model text not null,
  created_at text not null,
  updated_at text not null
);
create index chats_of_owner on chats (owner, updated_at, id);

-- The words to search come before the parts: a row is read from its beginning, and parts can be long.
create table messages (
  sequence integer primary key autoincrement,
  chat_id text not null references chats (id) on delete cascade,
  id text not null,
  role text not null,
  status text not null,
  created_at text not null,
  search text not null,
  details text not null,
  parts text not null,
  unique (chat_id, id)
);
create index messages_of_chat on messages (chat_id, sequence);
create index messages_answering on messages (sequence) where status = 'answering';

create table usage (
  sequence integer primary key autoincrement,
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
create index usage_of_owner on usage (owner, sequence);
`;
