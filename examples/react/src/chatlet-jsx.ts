/** Declares the element for JSX: its attributes, properties and events. */
import type {ChatletChat, ChatAnsweredEvent} from '@chatlet/widget';
import type {DetailedHTMLProps, HTMLAttributes} from 'react';

type ElementProps = DetailedHTMLProps<HTMLAttributes<ChatletChat>, ChatletChat>;

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'chatlet-chat': ElementProps & {
        endpoint?: string;
        heading?: string;
        starters?: readonly string[];
        'onchatlet-answered'?: (event: ChatAnsweredEvent) => void;
      };
    }
  }
}
