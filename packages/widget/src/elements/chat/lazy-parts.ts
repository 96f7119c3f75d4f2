/** The parts of the chat that it does without until it is opened. They are fetched with the code for answers. */
export {FocusHomeController} from '../../controllers/focus-home.ts';
export {FullScreenController} from '../../controllers/full-screen.ts';
export {StallController} from '../../controllers/stall.ts';
export {warnOfMistakes} from '../mistakes.ts';
export {tell, tellEnd} from './tell.ts';
export {keyButtons, shortcutOf} from './shortcuts.ts';
