/** @type {import('next').NextConfig} */
export default {
  // The server reads files beside its own: they must stay there.
  serverExternalPackages: ['@chatlet/server'],
};
