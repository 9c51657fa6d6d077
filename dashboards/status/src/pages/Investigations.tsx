export function Investigations() {
  return <main id="content" tabIndex={-1} />;
}
