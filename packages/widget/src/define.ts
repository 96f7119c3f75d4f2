/** Registers the chat's elements. It can be imported twice, beside another copy, and outside of a browser. */
import {defineElements} from './define-elements.ts';

defineElements();

// Brings the types of the tags, their events and their JSX to whoever imports this.
export type * from './index.ts';
