export function Label(_: { id: string }) {
  return <main id="content" tabIndex={-1} />;
}
