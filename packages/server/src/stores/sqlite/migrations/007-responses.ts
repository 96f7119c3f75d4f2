/**
 * Responses are stored as chats of one turn, and told from others by their ids. They have their own part of the index, so
 * that a list of chats never steps over them.
 */
export const sql = `
drop index chats_of_owner;
create index chats_of_owner on chats (owner, (substr(id, 1, 5) = 'resp_'), updated_at, id);
`;
