import type {Metadata} from 'next';
import Script from 'next/script';
import type {ReactNode} from 'react';
// On the server it registers nothing, and brings the types of the tag.
import '@chatlet/widget/define';

export const metadata: Metadata = {title: 'Chatlet in Next', icons: 'data:,'};

export default function Layout({children}: {readonly children: ReactNode}) {
  return (
    <html lang="en">
      <body>
        {children}
        <chatlet-launcher></chatlet-launcher>
        <Script src="/support/chatlet.js" />
      </body>
    </html>
  );
}
