/** What a page imports to show a chat with deep-chat. */
import 'deep-chat';
