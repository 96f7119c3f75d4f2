/** What a chat does for its answers, by keys and on a small screen. It is fetched with the code for answers. */
export {FocusHomeController} from '../../controllers/focus-home.ts';
export {FullScreenController} from '../../controllers/full-screen.ts';
export {StallController} from '../../controllers/stall.ts';
export {warnOfMistakes} from '../mistakes.ts';
export {tell, tellEnd} from './tell.ts';
export {keyButtons, shortcutOf} from './shortcuts.ts';
