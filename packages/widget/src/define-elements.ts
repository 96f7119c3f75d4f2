/** Registers the elements when it is called. */
import {ChatletLauncher} from './elements/launcher/launcher.ts';
import {defineChat} from './define-chat.ts';
import {register} from './register.ts';

/** Registers both elements. It can be called twice, beside another copy of the chat, and outside of a browser. */
export function defineElements(): void {
  defineChat();
  register({'chatlet-launcher': ChatletLauncher});
}
