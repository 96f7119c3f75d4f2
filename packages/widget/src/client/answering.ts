/** What a chat needs when it asks, and not before: following a turn, reading its events, the requests for them and their failures. */
export {loadMessages, resumeAnswer, sendQuestion} from './http-chats.ts';
export {readFailure} from './read-failure.ts';
export {separateThoughts} from './thoughts.ts';
export {handleBack, runTurn} from './turns.ts';
export {getOrCreateVisitor, isOwnVisitor} from './visitor.ts';
