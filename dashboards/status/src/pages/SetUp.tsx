export function SetUp() {
  return <main id="content" tabIndex={-1} />;
}
