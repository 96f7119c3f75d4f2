/** Stored responses that are too old are found without a look at all chats. */
export const sql = `
create index chats_old_responses on chats (updated_at) where substr(id, 1, 5) = 'resp_';
`;
