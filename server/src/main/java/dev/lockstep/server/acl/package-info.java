/** Users and what they may do: the access control lists, as commands, configuration and the ACL file state them. */
package dev.lockstep.server.acl;
