document.write('You are here.');
