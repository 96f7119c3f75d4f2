/** What a chat fetches when it shows the list of earlier chats, as one file. */
export * from '../client/chat-list.ts';
export * from '../client/list-chats.ts';
export * from '../elements/history/define-history.ts';
