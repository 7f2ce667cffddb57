// Makes koffi refuse views of memory that is not JavaScript's, in the words that it has where the run time does.
const { default: koffi } = require('koffi');
koffi.view = () => {
  throw new Error('This runtime does not support external buffers');
};
