document.getElementById('file').addEventListener('change', async (event) => {
  const [file] = event.target.files;
  await fetch(`/files/${encodeURIComponent(file.name)}`, { method: 'POST', body: file });
});
