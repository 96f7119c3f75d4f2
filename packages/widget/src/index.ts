/** @chatlet/widget: the elements as classes, and the headless parts under them. Defines no element: `@chatlet/widget/define` does. */
export {ChatletLauncher} from './elements/launcher/launcher.ts';
export {ChatletMessage} from './elements/message/message.ts';
export * from './without-launcher.ts';
