export function Audit(_: { filter: string }) {
  return <main id="content" tabIndex={-1} />;
}
