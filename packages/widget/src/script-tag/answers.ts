/** What a chat fetches when it is opened, beside its panel, as one file: a file costs a request, and one compresses better than four. */
export * from '../client/answering.ts';
export * from '../elements/chat/lazy-parts.ts';
export * from '../elements/message/defined.ts';
export * from '../elements/thread/define-thread.ts';
