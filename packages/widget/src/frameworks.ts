/**
 * The two tags in the templates of frameworks: JSX of React, Preact and Solid, and the templates of Vue and Svelte. Types
 * only, for pages that have the framework; the compiler ignores the lines below on all others. Angular needs none: it
 * takes its types of elements and events from those of the DOM.
 */
/** @ts-ignore A page without Preact has no such module. */
import type {HTMLAttributes as PreactAttributes} from 'preact';
/** @ts-ignore */
import type {DetailedHTMLProps, HTMLAttributes as ReactAttributes} from 'react';
/** @ts-ignore */
import type {JSX as SolidJSX} from 'solid-js';
/** @ts-ignore */
import type {HTMLAttributes as SvelteAttributes} from 'svelte/elements';
/** @ts-ignore */
import type {HTMLAttributes as VueAttributes, PublicProps} from 'vue';
import type {ChatletChat} from './elements/chat/chat.ts';
import type {ChatletLauncher} from './elements/launcher/launcher.ts';
import type {ChatEvents, ChatProps, LauncherEvents, LauncherProps, launcherTag} from './tags.ts';
import type {CamelCase} from './wrapping.ts';

/** `chatlet-answered` → `onchatlet-answered` */
type Listeners<Events, Prefix extends string> = {
  readonly [Name in keyof Events & string as `${Prefix}${Name}`]?: ((event: Events[Name]) => void) | undefined;
};
/** `starters` → `prop:starters`. Solid makes a property of each value in braces that has no prefix. */
type Prefixed<Props, Prefix extends string> = {
  readonly [Name in keyof Props & string as `${Prefix}${Name}`]?: Props[Name];
};
/** Vue reads `@chatlet-answered` as `onChatletAnswered`. */
type VueListeners<Events> = {
  readonly [Name in keyof Events & string as `on${Capitalize<CamelCase<Name>>}`]?:
    | ((event: Events[Name]) => void)
    | undefined;
};

type LauncherAttributes = (typeof launcherTag)['attributes'];
type AttributeName = LauncherAttributes[keyof LauncherAttributes];
/** What is an attribute alone has no property of another name: `offsetX` → `offset-x` */
type LauncherTagProps = {
  readonly [
    Name in keyof LauncherProps as Name extends keyof LauncherAttributes ? LauncherAttributes[Name] : Name
  ]: LauncherProps[Name];
};

/** Without what the element has in another form: HTML's `placeholder` may be null. */
type Html<Attributes, Props> = Omit<Attributes, keyof Props>;

type ReactTag<Element, Props, Events> = Props &
  Listeners<Events, 'on'> &
  Html<DetailedHTMLProps<ReactAttributes<Element>, Element>, Props>;
type PreactTag<Element extends EventTarget, Props, Events> = Props &
  Listeners<Events, 'on'> &
  Html<PreactAttributes<Element>, Props>;
type SolidTag<Element, Props, Events> = Props &
  Prefixed<Omit<Props, AttributeName>, 'prop:'> &
  Prefixed<Pick<Props, keyof Props & AttributeName>, 'attr:'> &
  Listeners<Events, 'on:'> &
  Html<SolidJSX.HTMLAttributes<Element>, Props>;
type SvelteTag<Element extends EventTarget, Props, Events> = Props &
  Listeners<Events, 'on' | 'on:'> &
  Html<SvelteAttributes<Element>, Props>;
/** Vue's compiler reads `offset-x` as `offsetX`, and refuses neither. */
type VueTag<Props, Events> = new () => {
  $props: Props & VueListeners<Events> & PublicProps & Html<VueAttributes, Props>;
};

/** @ts-ignore */
declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'chatlet-chat': ReactTag<ChatletChat, ChatProps, ChatEvents>;
      'chatlet-launcher': ReactTag<ChatletLauncher, LauncherTagProps, LauncherEvents>;
    }
  }
}

/** @ts-ignore */
declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'chatlet-chat': PreactTag<ChatletChat, ChatProps, ChatEvents>;
      'chatlet-launcher': PreactTag<ChatletLauncher, LauncherTagProps, LauncherEvents>;
    }
  }
}

/** @ts-ignore */
declare module 'solid-js' {
  namespace JSX {
    interface IntrinsicElements {
      'chatlet-chat': SolidTag<ChatletChat, ChatProps, ChatEvents>;
      'chatlet-launcher': SolidTag<ChatletLauncher, LauncherTagProps, LauncherEvents>;
    }
  }
}

/** @ts-ignore */
declare module 'svelte/elements' {
  interface SvelteHTMLElements {
    'chatlet-chat': SvelteTag<ChatletChat, ChatProps, ChatEvents>;
    'chatlet-launcher': SvelteTag<ChatletLauncher, LauncherTagProps, LauncherEvents>;
  }
}

/** @ts-ignore */
declare module 'vue' {
  interface GlobalComponents {
    'chatlet-chat': VueTag<ChatProps, ChatEvents>;
    'chatlet-launcher': VueTag<LauncherProps, LauncherEvents>;
  }
}
