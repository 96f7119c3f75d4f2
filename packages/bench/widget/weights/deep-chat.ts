/** The imports of a page that shows a chat with deep-chat. */
import 'deep-chat';
