# What `cmake --install` lays out: the program, what it is started with, and its documentation; nothing of the tests.
# tools/package.sh adds the libraries to this tree.
install(TARGETS lockstep RUNTIME DESTINATION bin)
install(DIRECTORY configs DESTINATION share/lockstep)
install(DIRECTORY slurm DESTINATION share/lockstep USE_SOURCE_PERMISSIONS)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION share/doc/lockstep)
install(DIRECTORY docs DESTINATION share/doc/lockstep)
