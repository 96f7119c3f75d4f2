/** Registers the chat's elements. It can be imported twice, beside another copy, and outside of a browser. */
import './define-chat.ts';
import {ChatletLauncher} from './elements/launcher/launcher.ts';
import {register} from './register.ts';

register({'chatlet-launcher': ChatletLauncher});

// Brings the types of the tags, their events and their JSX to whoever imports this.
export type * from './index.ts';
