/**
 * The tags for JSX: what React 19 sets on them, and the events that it hears. Types only, for pages that have React's own;
 * the compiler ignores the lines below on all others.
 */
/** @ts-ignore A page without React has no such module. */
import type {DetailedHTMLProps, HTMLAttributes} from 'react';
import type {ChatletChat, MessageInput} from './elements/chat/chat.ts';
import type {ChatletLauncher} from './elements/launcher/launcher.ts';
import type {properties} from './elements/launcher/properties.ts';

/** `chatlet-answered` → `onchatlet-answered` */
type EventProps = {
  readonly [Name in Exclude<keyof HTMLElementEventMap & `chatlet-${string}`, 'chatlet-action'> as `on${Name}`]?:
    | ((event: HTMLElementEventMap[Name]) => void)
    | undefined;
};
type SharedProps = Partial<Pick<ChatletChat, (typeof properties)[number]>> & EventProps;

export type ChatProps = SharedProps & {
  readonly chatId?: string | undefined;
  readonly messages?: readonly MessageInput[] | undefined;
};

export type LauncherProps = SharedProps & {
  readonly open?: boolean | undefined;
  readonly position?: `${'top' | 'bottom'}-${'start' | 'end' | 'left' | 'right'}` | undefined;
};

/** What React takes on every element. */
type HtmlProps<Element> = DetailedHTMLProps<HTMLAttributes<Element>, Element>;

/** @ts-ignore As above. */
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'chatlet-chat': ChatProps & HtmlProps<ChatletChat>;
      'chatlet-launcher': LauncherProps & HtmlProps<ChatletLauncher>;
    }
  }
}
