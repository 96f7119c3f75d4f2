/** What a page may import from `chatlet.mjs`, by its name: in the chat's file the names are short. */
export * from '../without-launcher.ts';
